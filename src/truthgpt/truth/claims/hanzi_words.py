"""Chinese words of closed or common classes by which the clauses of a sentence are told: no segmenter, no model."""

from __future__ import annotations

import regex


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# What a predicate without a subject begins with: adverbs, auxiliaries, prepositions.
OPENERS = _words(
    "已经 已 曾经 曾 将要 将会 将 会 正在 正 没有 没 不再 不 未能 未 也 还 并 又 再 就 都 一直 至今 现在 目前 现 如今 随后 "
    "随即 后来 之后 然后 接着 同时 最终 最后 终于 立即 马上 仍然 仍 从 向 对 把 被 由 在 为 以 往 给 按 能够 能 可以 可 必须 "
    "需要 要 想 打算 计划 准备 继续 开始 停止 同意 拒绝 试图 据 只 共 约 达 超过 位于 于 是 有 为了"
)
VERBS = _words(
    "成立 位于 搬到 搬 工作 生活 居住 住 开放 买下 买 卖掉 卖 计划 上涨 下降 下跌 上升 涨 跌 有 是 公布 发布 开始 结束 被捕 "
    "被控 撞上 撞 逃逸 逃走 逃离 招 走 赢 输 写 建于 建成 建造 建 全长 停课 停运 停止 认定 保留 读 出生 毕业 任教 担任 当选 当 "
    "烧毁 救出 救 受伤 死亡 遇难 击败 获得 获 取消 登记 领取 进 加入 离开 来 请假 创办 创立 创建 宣布 表示 说 认为 指出 称 强调 "
    "收购 投资 生产 制造 出口 进口 销售 推出 上市 倒闭 破产 裁员 裁 关闭 关门 关 开业 开 增加 减少 提高 降低 达到 达 超过 占 "
    "属于 包括 拥有 经营 管理 负责 参加 参与 举行 举办 召开 签署 签 批准 通过 否决 拒绝 同意 支持 反对 批评 起诉 判处 判 逮捕 "
    "拘留 调查 发现 发明 研究 开发 设计 发射 爆炸 起火 着火 坠毁 沉没 倒塌 地震 下雨 下雪 来自 来到 去 到 回到 返回 前往 抵达 "
    "出发 到达 学习 学 教 做 演 拍摄 拍 执导 主演 出演 唱 播出 上映 出版 获奖 得 夺得 夺冠 退休 辞职 去世 逝世 病逝 结婚 离婚 "
    "生 养 吃 喝 用 使用 送 给 带 拿 偷 丢 修 修好 换 改 涨价 降价 免费 收费 收 付 支付 花 花了 卖出 售出 租 出租 住在 坐落 "
    "流经 连接 种植 种 养殖 捐 捐赠 捐款 募集 筹集 欠 还 赔偿 赔 罚款 罚 起飞 降落 延误 晚点 停 停电 停水 恢复 修复 完工 竣工 "
    "动工 开工 改名 更名 迁至 迁 合并 分成 变成 成为 变 没 在 会 将 已 能 可以 要 不 没有 被 把 于 由 从 向 对 曾 也 都 正 "
    "仍 只 就 又 才 喜欢 觉得 知道 告诉 提供 需要 允许 禁止 规定 要求 建议 决定 接受 收到 得到 失去 保护 影响 导致 造成 引起 "
    "显示 证实 确认 透露 报道 回应 否认 承认 道歉 感染 治愈 治疗 住院 出院 接种 隔离 试验 检测 打 跑 飞 坐 站 看 听 等 问 答 "
    "找 帮 帮助 骑 开车 移民 定居 搬家 考上 考 入学 上学 上班 下班 加班 失业 创业 排 排名 位居 便宜 贵 少了 多了 高了 大了 小了 "
    "快了 慢了 长了 低了 很 安全 合法 危险 严重 困难 增长 增至 降至 升至 涨到 跌到 涨了 缩短 延长 扩大 扩建 新增 减 增 翻 持平 "
    "完成 失败 成功 刷新 打破 创下 推迟 提前 改为 售罄 用于 分布 覆盖 运行 运营 通车 投入 启用 试飞 服役 退役 改造 拆除 拆 搬迁 "
    "疏散 封锁 堵 "
    "坏 接任 维修 可 容纳 侧翻 堵住 扑灭 缝 签约 亏损 移居 退出 咬伤 盈利 感到 发生 出现 遭遇 面临 承担 承诺 呼吁 敦促 起草 修改 "
    "废除 实施 执行 颁布 生效 失效 到期 续约 转会 加盟 退赛 晋级 淘汰 出局 领先 落后 战胜 打败 输给 赢得 摘得 斩获 救起 遇到 碰到 "
    "见到 看到 听到 找到 丢失 失踪 被盗 偷走 抢走 撤回 撤离 撤销 取代 替换 安装 拆下 装 维护 保养 清洗 清理 打扫 种下 收获 采摘 "
    "运送 运输 装载 卸 堵车 超速 酒驾 逆行 闯 撞倒 撞死 撞伤 砸 砸伤 烧伤 淹没 淹死 冲走 冲毁 摧毁 毁坏 损坏 破坏 污染 泄漏 泄露 "
    "曝光 揭露 隐瞒 伪造 诈骗 贪污 受贿 行贿 洗钱 走私 贩毒 自首 认罪 服刑 出狱 缓刑 上诉 开庭 宣判 胜诉 败诉 选举 投票 投 竞选 "
    "连任 卸任 就任 任命 罢免 弹劾 访问 会见 会晤 谈判 达成 终止 中止 中断 续签 募捐 融资 贬值 升值 加息 降息 降 升 复工 复课 "
    "返校 毕业于 就读 攻读 录取 培训 实习 兼职 退学 休学 转学 怀孕 流产 分娩 出轨 分手 订婚 相识 认识 吵架 打架 和解 道歉 原谅 "
    "爱上 养了 喂 遛 走失 领养 收养 煮 炒 烤 蒸 炸 尝 下单 收货 退货 退款 发货 送到 寄 拆开 充电 卡顿 死机 重启 升级 更新 下载 "
    "卸载 登录 注册 注销 封号 删除 屏蔽 举报 转发 评论 点赞 罢工 合租"
)
STARTS_ONLY = _words("和 与 跟 比 因")
"""Prepositions that begin a predicate, and that inside a clause may join two nouns."""
_NOT_VERBS = _words(
    "有限公司 所有 只有 还有 但是 可是 于是 总是 还是 或是 是否 将军 协会 会长 会议 会员 工会 社会 机会 晚会 大会 委员会 议会 "
    "奥运会 理事会 公开赛 开发商 开发区 生产商 制造商 制造业 工作人员 工作日 学生 学校 大学 中学 小学 科学 数学 文学 学院 同学 学者 "
    "大学生 医学 化学 留学生 生活费 生意 医生 先生 女生 男生 新生 卫生 大桥 大家 大楼 大赛 大雨 大雪 大火 大量 大批 小区 小时 小米 "
    "小说 小镇 小组 多名 多个 多人 长江 长城 校长 市长 部长 局长 队长 院长 省长 县长 村长 行长 家长 董事长 高铁 高速 高中 高考 "
    "高校 高温 新闻 新冠 新疆 新款 新书 新车 新店 新房 新华社 出租车 出版社 热线 冷饮 快递 快餐 慢性 重庆 重点 重大 深圳 宽带 "
    "研究所 研究员 研究人员 研究生 设计师 管理局 管理员 销售额 销量 销售 投资者 投资人 调查组 收入 收费站 支付宝 用户 用电 用水 用地 "
    "公用 使用者 来源 未来 本来 原来 看守所 听众 问题 答案 打印机 打工 跑步 跑道 飞机 飞船 飞行 坐标 站台 车站 网站 电站 骑手 等级 "
    "找零 帮派 教师 教授 教育 教堂 教室 教练 宗教 用品 拍卖 演员 演出 导演 唱片 歌唱 读者 写手 作者 记者 建筑 建议 福建 租金 房租 "
    "进出口 种子 种类 这种 一种 各种 花园 花费 开发 公开 离开 展开 打开 停车场 停车 关系 海关 相关 有关 机关 走廊 买家 卖家 得分 "
    "获奖者 受伤者 死亡人数 成都 成员 成本 成绩 到底 不同 不少 不仅 不但 不过 不久 都市 首都 正式 正常 还款 就业 就是 又名 只能 "
    "才能 人才 能力 能源 可能 功能 要求 需要 主要 重要 向导 方向 对手 对方 绝对 从事 由于 自由 理由 把握 被子 被告 于2 在2 说法 "
    "传说 称号 名称 号称 判决 裁判 谈判 批判 居民 邻居 居委会 占地 达标 到处 去年 过去 可口 可乐 以色列 以前 以后 以及 以上 以下 "
    "以内 以外 所以 难以 比赛 比例 比如 比较 比分 比重 评比 对比 比利时 可爱 可怕 可惜 升降机 降落伞 装修 装备 包装 投诉 投影 "
    "下载量 培训班 快递员 评论员 投票率 选举人 注册资本 运输队 炸药 炒锅 烤箱 煮饭 给予 送货 送餐 带货 修改 换乘 换手 改革 改造 送达 "
    "收购 收盘 收视率 罚单 罚款 起诉书 考生 考试 排水 排队 排名 走私 捐款 种植 养老 养老院 喝酒 吃饭 赢家 输液 招聘 招牌 招生 搬运 "
    "住宅 住户 住院 住房 跌幅 涨幅 涨价 涨潮 得主 得票 坠机 写字楼 飞鸟 站长 站点 通过率 开幕 开幕式 开学"
)
NAMED_PARTS = _words(
    "总部 全长 总面积 面积 总人口 人口 海拔 价格 售价 票价 房价 年龄 身高 体重 总投资 产量 年产量 销量 市值 营收 收入 利润 净利润 "
    "员工 总长 总高 高度 长度 宽度 重量 屏幕 电池 续航 主桥 校区 学生人数 门票 校园 占地面积 建筑面积 年薪 月租 父亲 母亲 丈夫 妻子 "
    "儿子 女儿"
)
HOLD = regex.compile(
    r"如果|要是|假如|假设|倘若|只要|只有|除非|即使|即便|哪怕|无论|不管|不论|与其|宁可|宁愿|要么|或者|或是|是否|时候|一旦|万一|否则|不然|越.*越|一边"
    r"|既.*又|不是.*而是|不是.*就是|不仅|不但|不光|不只|既然|因为|由于|所以|因此|之所以|为了|以便|以免|比如|例如|之前.*之后|的话|当.{1,20}时|为什么|怎么"
)
SAYS = regex.compile(
    r"^(?P<who>.{1,24}?)(?:表示|指出|宣布|强调|透露|认定|警告|声称|介绍|说|称|报道|证实|承认|通报|认为|回应)(?:说|称)?$"
    r"|^(?:据|根据|按照).{1,24}$"
)
SAYS_INSIDE = regex.compile(
    r"表示|指出|强调|声称|认为|认定|否认|怀疑|透露|据说|听说|传闻|网传|宣布|报道|警告|证实|承认|回应"
    r"|(?<![小传])说(?![明法服])|(?<![名职简俗自通全人堪著])称(?![号呼职为作赞])"
)
TIME = regex.compile(
    r"^(?:(?:\d{4}|[零〇一二三四五六七八九]{4})年(?:初|底|末|春|夏|秋|冬)?(?:\d{1,2}月)?(?:\d{1,2}[日号])?|\d{1,2}月(?:\d{1,2}[日号])?|去年|今年|明年|前年"
    r"|昨天|今天|前天|明天|昨晚|今早|今晨|上周[一二三四五六日末]?|本周[一二三四五六日末]?|下周[一二三四五六日末]?|周[一二三四五六日末]|上个?月|本月|下个?月"
    r"|[一二三四五六七八九十]{1,2}月|凌晨|上午|中午|下午|晚上|清晨|傍晚|当天|当晚|同年|次年|第二天|次日|\d{1,2}点(?:半|钟|\d{1,2}分)?|近日|日前|最近|近年来|过去[^，]{1,4}年)+"
)
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆"
    "郝孔白崔康毛邱秦江史顾侯邵孟龙万段钱汤尹黎易常武乔贺赖龚文莫温岑童柯倪岳"
)
_TITLES = (
    "作家|教授|医生|护士|市长|总统|总理|主席|部长|局长|校长|院长|队长|教练|导演|演员|歌手|记者|律师|法官|警官|司机|工程师|科学家|画家|诗人|球员|球星|主任|书记"
    "|经理|先生|女士|老师|董事长|总裁|创始人|发言人|消防员|嫌疑人|受害者|老人|男子|女子|学生|选手|馆长|厨师|农民|邻居"
)
PERSON = regex.compile(
    rf"^(?:.{{0,10}}(?:{_TITLES}))?[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}$|^.{{0,12}}(?:{_TITLES})$|^\p{{Han}}{{1,6}}·[\p{{Han}}·]{{1,8}}$"
)
PLURAL = regex.compile(r"们$|[和与、]")
_WEAK = frozenset(
    "招走读进来裁关开占做演唱生养学教吃喝用使送给带拿偷丢修换改收付花租种捐欠还赔罚停打跑飞坐站看听等问答找帮骑考排增减翻堵拆坏装闯砸投升降煮炒烤蒸炸尝寄卸喂遛缝判签拍得达到去没要想按只共约才再又救贵现"
)
"""Single characters that are verbs only where an ending or a number follows, for names and nouns hold them as well."""
_ENDING = regex.compile(r"[了过着到出给起得完好满一两三四五六七八九十百几这那其\d]")


def _surely(found: regex.Match[str], clause: str) -> bool:
    return found[0] not in _WEAK or bool(_ENDING.match(clause, found.end()))


_STARTS = regex.compile("|".join(sorted(map(regex.escape, {*OPENERS, *VERBS, "比"}), key=len, reverse=True)))
_FIRST = regex.compile(
    "|".join(sorted(map(regex.escape, {*OPENERS, *VERBS, *STARTS_ONLY}), key=len, reverse=True))
)
_MODAL = regex.compile("会|将|已|被|是|仍|正在|正被")
_VERB_SET = frozenset(VERBS)
_GUARD = regex.compile("|".join(sorted(map(regex.escape, _NOT_VERBS), key=len, reverse=True)))
NAMED_PART = regex.compile("|".join(sorted(map(regex.escape, NAMED_PARTS), key=len, reverse=True)))


def verb_at(clause: str, begin: int = 0) -> int:
    """Where the first word that can begin a predicate stands in `clause`, from `begin` on; -1 for none."""
    at = begin
    while at < len(clause):
        guard, verb = _GUARD.match(clause, at), _STARTS.match(clause, at)
        if guard and (verb is None or guard.end() >= verb.end()):
            at = guard.end()
        elif verb and at == begin and _is_noun(verb, clause):
            at = verb.end()
        elif verb and _surely(verb, clause):
            return at
        else:
            at += 1
    return -1


def begins_with_predicate(clause: str) -> bool:
    """Whether `clause` begins with a predicate, so that its subject is left out."""
    guard, verb = _GUARD.match(clause), _FIRST.match(clause)
    if verb is None or (guard is not None and guard.end() >= verb.end()):
        return False
    return not _is_noun(verb, clause)


def _is_noun(verb: regex.Match[str], clause: str) -> bool:
    """Whether a verb is one in name only: "检测会继续", where an auxiliary follows."""
    return verb[0] in _VERB_SET and len(verb[0]) > 1 and _MODAL.match(clause, verb.end()) is not None
